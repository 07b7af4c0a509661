
static void @RAISE@(unsigned int count)
{
	/* Delivery mode NMI; the vector is ignored. */
	struct kvm_msi message = { .address_lo = @MESSAGES@ | @DESTINATION@ << @MESSAGE_TO@, .data = @NMI_MESSAGE@ };

	while (count--) {
		if (ioctl(vm->fd, KVM_SIGNAL_MSI, &message) <= 0)
			trouble("KVM_SIGNAL_MSI: %s", strerror(errno));
	}
}
