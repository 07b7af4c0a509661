
/* Compares what was seen with what is wanted. */
static void judge(const char *end)
{
	static const char *const wanted[] = { @WANTED@ };
	unsigned int n = sizeof(wanted) / sizeof(wanted[0]);
	char got[4096] = "";
	struct kvm_regs regs;
@PEER_GOT@
	for (unsigned int i = 0; i < reserved && i < 128; i++) {
		if (ring[i].cpu == 0 && *name(i))
			strcat(strcat(got, name(i)), " ");
@PEER_ADD@	}
	strcat(got, reserved > 128 ? "more than the ring holds" : end);
	while (n && strcmp(got, wanted[n - 1]))
		n--;
	vcpu_ioctl(vcpu, KVM_GET_REGS, &regs);
	if (!n)
		fail("want @WANTED_WORDS@, got: %s (RIP %#llx)", got, regs.rip);
@PEER@@RECORDS@@STEPS@}

@LOOK@static void __attribute__((noreturn)) stop(const char *end)
{
@SETTLE@	judge(end);
@END_VIEW@@DIFFERS@	exit(0);
}
