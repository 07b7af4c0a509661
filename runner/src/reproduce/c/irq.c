
/* External interrupt 40h. */
static void interrupt_@WHO@(void)
{
	struct kvm_msi message = { .address_lo = @MESSAGES@ | @DESTINATION@ << @MESSAGE_TO@, .data = @IRQ_VECTOR@ };

	if (ioctl(vm->fd, KVM_SIGNAL_MSI, &message) <= 0)
		trouble("KVM_SIGNAL_MSI: %s", strerror(errno));
}
