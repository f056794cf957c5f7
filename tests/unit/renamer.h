/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process beside the test that renames files all the time. openat2(2) answers EAGAIN when
 * something was renamed, wherever it is, while it went up through a "..". */
#ifndef TEST_RENAMER_H
#define TEST_RENAMER_H

#include "support.h"
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct renamer {
	pid_t process;
	volatile unsigned long *turns;
};

/* @turn leaves everything where it was. */
static inline struct renamer renamer_begin(void (*turn)(void))
{
	struct renamer renamer = { .turns = mmap(NULL, sizeof(*renamer.turns), PROT_READ | PROT_WRITE,
						 MAP_SHARED | MAP_ANONYMOUS, -1, 0) };
	pid_t parent = getpid();

	must(renamer.turns != MAP_FAILED, "mmap");
	renamer.process = fork();
	must(renamer.process >= 0, "fork");
	if (!renamer.process) {
		alarm(240); /* if all else fails */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (; getppid() == parent; ++*renamer.turns)
			turn();
		_exit(0);
	}
	while (!*renamer.turns)
		sched_yield();
	return renamer;
}

static inline void renamer_end(struct renamer *renamer)
{
	kill(renamer->process, SIGKILL);
	waitpid(renamer->process, NULL, 0);
	munmap((void *)renamer->turns, sizeof(*renamer->turns));
}

#endif
