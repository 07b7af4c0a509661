
static void interrupt(int signal)
{
	vcpu->run->immediate_exit = signal;
}

/* KVM_RUN until an exit. A processor that makes no exit, because it sleeps or hangs, is interrupted once, by a timer. */
static void run_vcpu(void)
{
	struct kvm_mp_state activity;
	clock_t began = clock();

@AGAIN@	vcpu->run->immediate_exit = 0;
	@ALARM@;
	if (!__vcpu_ioctl(vcpu, KVM_RUN, NULL))
		return;
	if (errno != EINTR)
		stop(strerror(errno));
	vcpu_ioctl(vcpu, KVM_GET_MP_STATE, &activity);
@RAISE_ASLEEP@@MOVE_HALTED@	if (activity.mp_state != KVM_MP_STATE_HALTED && clock() - began < CLOCKS_PER_SEC / 2)
		trouble("no exit, and hardly any processor time: a lost wake-up, or this host is too busy");
	stop(activity.mp_state == KVM_MP_STATE_HALTED ? "halted" : "hang");
}
