
static void pause_peer(void)
{
	if (peer_done)
		return;
	for (peer_stop = 1; pthread_tryjoin_np(peer_thread, NULL); usleep(100))
		pthread_kill(peer_thread, SIGUSR2);
	peer_stop = 0;
}
