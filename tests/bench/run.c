/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command, discards its output, and prints its wall time in microseconds and its peak
 * memory in KiB. This is a small separate process because the kernel counts the memory that
 * the parent has at the fork into the child's peak. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec before, after;
	struct rusage usage;
	int status, null = open("/dev/null", O_WRONLY);
	pid_t pid;

	if (argc < 2 || null < 0)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &before);
	pid = fork();
	if (pid < 0)
		return 2;
	if (!pid) {
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &after);
	printf("%ld %ld\n",
	       (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000,
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
