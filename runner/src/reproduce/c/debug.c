
/* The host's breakpoints, for steps before an instruction. Each is removed when it is hit. */
static struct { uint64_t at; int done; } breakpoints[] = { @BREAKPOINTS@ };
static struct kvm_guest_debug debug;

static void set_breakpoints(void)
{
	unsigned int n = 0;

	memset(&debug, 0, sizeof(debug));
	for (unsigned int i = 0; i < sizeof(breakpoints) / sizeof(breakpoints[0]); i++) {
		if (breakpoints[i].done)
			continue;
		debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
		debug.arch.debugreg[n] = breakpoints[i].at;
		debug.arch.debugreg[7] |= @DR7_RESET@ | @DR7_GLOBAL@ << 2 * n++;
	}
	vcpu_ioctl(vcpu, KVM_SET_GUEST_DEBUG, &debug);
}

/* Hands the guest its own #DB, which KVM reports to the host while guest debugging is on. */
static void give_back_debug_exception(void)
{
	struct kvm_guest_debug inject = debug;
	struct kvm_debugregs registers;

	vcpu_ioctl(vcpu, KVM_GET_DEBUGREGS, &registers);
	registers.dr6 = vcpu->run->debug.arch.dr6;
	vcpu_ioctl(vcpu, KVM_SET_DEBUGREGS, &registers);
	inject.control |= KVM_GUESTDBG_INJECT_DB;
	vcpu_ioctl(vcpu, KVM_SET_GUEST_DEBUG, &inject);
}
