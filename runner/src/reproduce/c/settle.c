
static int out_pending;

/* Completes the OUT of the last exit without entering the guest, so that the host can read and change state. */
static void settle(void)
{
	vcpu->run->immediate_exit = 1;
	if (out_pending && (__vcpu_ioctl(vcpu, KVM_RUN, NULL) != -1 || errno != EINTR))@COMPLETED@
	out_pending = 0;
}
