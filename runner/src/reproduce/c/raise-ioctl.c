
static void @RAISE@(unsigned int count)
{
	while (count--)
		vcpu_ioctl(@VCPU@, KVM_NMI, NULL);
}
