/*
 * measure COMMAND ARG...: runs it, and prints its status, the CPU time of it and all it has started and
 * waited for, in microseconds, the memory of the largest of them, in KB, and its start, in microseconds
 */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long
microseconds(const struct timeval *t)
{
	return t->tv_sec * 1000000LL + t->tv_usec;
}

int
main(int argc, char *argv[])
{
	struct timespec start;
	struct rusage used;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return 1;
	fprintf(stderr, "%d %lld %ld %lld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128,
		microseconds(&used.ru_utime) + microseconds(&used.ru_stime), used.ru_maxrss,
		start.tv_sec * 1000000LL + start.tv_nsec / 1000);
	return 0;
}
