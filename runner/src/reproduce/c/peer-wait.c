
static int peer_sleeps(void)
{
	static uint64_t last;
	uint64_t now = processor_time(peer_thread), before = last;

	last = now;
	return peer_done || now == before;
}

/* The first processor is done: waits for the second one. */
static void wait_for_peer(void)
{
	uint64_t began = processor_time(peer_thread);

	for (unsigned int still = 0; !peer_done; usleep(1000)) {
		still = peer_sleeps() ? still + 1 : 0;
		if (!peer_done && (still > 100 || processor_time(peer_thread) > began + 1000000000))
			stop(still > 100 ? "halted on processor 1" : "hang on processor 1");
	}
}
