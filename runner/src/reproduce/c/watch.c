
/*
 * A thread that watches the first processor from outside, and interrupts it only when it sleeps with nothing to wake it, or has
 * used a second of processor time without an exit.
 */
enum { UNDECIDED, ASLEEP, SPENT };

static atomic_ulong runs;	/* odd while the processor runs */
static atomic_int decision;
static pthread_t runner;

static void interrupt(int signal)
{
	vcpu->run->immediate_exit = signal;
}

static uint64_t processor_time(pthread_t thread)
{
	struct timespec time;
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock) || clock_gettime(clock, &time))
		return 0;
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int thread_sleeps(void)
{
	char stat[256] = "";
	FILE *file = fopen("/proc/self/stat", "r");	/* of the first thread, which runs the processor */

	if (file) {
		stat[fread(stat, 1, sizeof(stat) - 1, file)] = 0;
		fclose(file);
	}
	return !!strstr(stat, ") S ");
}

static void *watch(void *unused)
{
	uint64_t began = 0, last = 0, looks = 0;
	unsigned long seen = 0, still = 0;

	for (;; usleep(1000)) {
		unsigned long now = runs;
		uint64_t time = processor_time(runner);

		if (++looks > 60000)
			trouble("no end after a minute: this host is too busy to tell");
		if (now != seen)
			began = last = time;
		still = now % 2 && now == seen && time == last && thread_sleeps()@ALONE@ ? still + 1 : 0;
		seen = now;
		last = time;
@ARMED@		if (now % 2 && (still > 20 || time - began > 1000000000)) {
			decision = still > 20 ? ASLEEP : SPENT;
			pthread_kill(runner, SIGALRM);
			still = 0;
		}
	}
	return unused;
}

/* KVM_RUN until an exit. */
static void run_vcpu(void)
{
	struct kvm_mp_state activity;

	for (;;) {
		int returned;

		decision = UNDECIDED;
		vcpu->run->immediate_exit = 0;
		runs++;
		returned = __vcpu_ioctl(vcpu, KVM_RUN, NULL);
		runs++;
		if (!returned)
			return;
		if (errno != EINTR)
			stop(strerror(errno));
		if (decision == SPENT)
			stop("hang");
		if (decision != ASLEEP)
			continue;
@RAISE_ASLEEP@		vcpu_ioctl(vcpu, KVM_GET_MP_STATE, &activity);
@MOVE_HALTED@		stop(activity.mp_state == KVM_MP_STATE_HALTED ? "halted" : "halted, with an event due that did not wake it");
	}
}
