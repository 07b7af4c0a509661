
/* External interrupt 40h. */
static void interrupt_@WHO@(void)
{
	struct kvm_msi message = { .address_lo = 0xfee00000 | @DESTINATION@ << 12, .data = 0x40 };

	if (ioctl(vm->fd, KVM_SIGNAL_MSI, &message) <= 0)
		trouble("KVM_SIGNAL_MSI: %s", strerror(errno));
}
