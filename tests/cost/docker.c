/*
 * docker - a docker that does nothing, for measuring what we add to it
 *
 * It says what it is, like 28.5 on a graph driver, and succeeds at all else. DOCKER_STARTED=FILE: the first
 * to start writes its time there. DOCKER_FLOOD=N: a build prints N megabytes. DOCKER_COLD: it has the
 * containerd store, and there is nothing in the registry; a build fetches a base first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INFO(store) \
	"{\"client\":{\"Version\":\"28.5.2\",\"Plugins\":[{\"Name\":\"buildx\",\"Version\":\"v0.29.1\"}]}," \
	"\"server\":\"28.5.2\",\"os\":\"linux\",\"arch\":\"x86_64\",\"store\":[" store "],\"registry\":{}}\n"

static const char graph[] = INFO("");
static const char containerd[] = INFO("[\"driver-type\",\"io.containerd.snapshotter.v1\"]");
static const char absent[] = "ERROR: not found\n";
static const char fetched[] = "#5 [s0 1/2] FROM base:1\n#5 DONE 0.1s\n";

static void
write_start(const char *path)
{
	struct timespec now;
	char text[32];
	int fd, n;

	clock_gettime(CLOCK_MONOTONIC, &now);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return;
	n = snprintf(text, sizeof(text), "%lld\n", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
	if (write(fd, text, (size_t)n) != n)
		_exit(1);
	close(fd);
}

static int
say(int fd, const char *text)
{
	size_t len = strlen(text);

	return write(fd, text, len) != (ssize_t)len;
}

static int
flood(long megabytes)
{
	static char block[8192];
	long n;

	memset(block, 'x', sizeof(block));
	for (n = 63; n < (long)sizeof(block); n += 64)
		block[n] = '\n';
	for (n = megabytes * 128; n > 0; n--) {
		if (write(1, block, sizeof(block)) != (ssize_t)sizeof(block))
			return 1;
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	const char *started = getenv("DOCKER_STARTED"), *megabytes = getenv("DOCKER_FLOOD");
	const char *cold = getenv("DOCKER_COLD"), *command = argc > 1 ? argv[1] : "";

	if (started)
		write_start(started);
	if (strcmp(command, "info") == 0)
		return say(1, cold ? containerd : graph);
	if (cold && argc > 2 && strcmp(argv[2], "inspect") == 0)
		return say(2, absent) || 1;
	if (cold && argc > 3 && strcmp(argv[3], "inspect") == 0)
		return say(2, absent) || 1;
	if (strcmp(command, "build") == 0 && cold)
		say(1, fetched);
	if (strcmp(command, "build") == 0 && megabytes)
		return flood(atol(megabytes));
	return 0;
}
