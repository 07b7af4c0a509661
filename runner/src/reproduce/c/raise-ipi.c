
/* The second processor's program writes to port E5h and then sends an NMI, in a loop. Runs it from one OUT to the next. */
static void @RAISE@(unsigned int count)
{
	static int ready;

	for (count += !ready; count; count--) {
		second->run->immediate_exit = 0;
		if (__vcpu_ioctl(second, KVM_RUN, NULL) || second->run->exit_reason != KVM_EXIT_IO || second->run->io.port != @PORT_SEND@)
			trouble("the second processor sent no NMI");
		second->run->immediate_exit = 1;
		__vcpu_ioctl(second, KVM_RUN, NULL);
	}
	ready = 1;
}
