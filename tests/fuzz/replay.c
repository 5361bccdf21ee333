/*
 * replay FILE...: gives each file to the target it is linked with, and prints TAP. A target that
 * finds something ends the program: that test and those behind it are then missing.
 */
#include "fuzz.h"

static bool
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct input in = {"", 0};
	static char bytes[1 << 20];
	char *copy;

	if (!file)
		return false;
	in.p = bytes;
	in.len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	copy = input_bytes(in);
	LLVMFuzzerTestOneInput((const uint8_t *)copy, in.len);
	free(copy);
	return true;
}

int
main(int argc, char *argv[])
{
	int i, status = 0;

	printf("1..%d\n", argc - 1);
	for (i = 1; i < argc; i++) {
		bool good;

		printf("# %s\n", argv[i]);
		fflush(stdout);
		good = replay(argv[i]);
		printf("%s %d %s\n", good ? "ok" : "not ok", i, argv[i]);
		if (!good)
			status = 1;
	}
	return status;
}
