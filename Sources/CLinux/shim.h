#pragma once
// Swift's Glibc module leaves these out.
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A descriptor that becomes readable when a process ends; variadic functions are not seen by Swift.
static inline int twinfleet_pidfd_open(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

/// A file in memory without a name; its declaration needs _GNU_SOURCE, which other modules may have been read without.
static inline int twinfleet_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1u /* MFD_CLOEXEC */); }

// In the C library since 2.34; its declaration needs _GNU_SOURCE, too.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

/// Lets a program that is to be started have no descriptors from this one on.
static inline int twinfleet_spawn_closes_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

/// Whether this process ignores a signal; Swift cannot compare handlers.
static inline int twinfleet_ignores(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}
