#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
@THREADS@#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct kvm_vm { int fd; };
struct kvm_vcpu { int fd; struct kvm_run *run; };
static int kvm;

#define finish(status, ...) do { printf(__VA_ARGS__); putchar('\n'); fflush(stdout); _exit(status); } while (0)
#define fail(...) finish(1, __VA_ARGS__)
#define trouble(...) finish(2, __VA_ARGS__)
#define require(have, words) do { if (!(have)) finish(77, "not run: %s", words); } while (0)
#define must(fd, cmd, arg) ({ int got = ioctl(fd, cmd, arg); if (got < 0) trouble(#cmd ": %s", strerror(errno)); got; })
#define vm_ioctl(vm, cmd, arg) must((vm)->fd, cmd, arg)
#define vcpu_ioctl(vcpu, cmd, arg) must((vcpu)->fd, cmd, arg)
#define __vcpu_ioctl(vcpu, cmd, arg) ioctl((vcpu)->fd, cmd, arg)
