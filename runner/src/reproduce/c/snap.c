
/* The guest has executed a snap. */
static void snap(void)
{
	int i = reserved - 1;

	if (reserved > 128)
		stop("");	/* A guest that never gets to its end: there are no more records. */
	while (i >= 0 && !(*name(i) && ring[i].tag & @SNAP_TAG@ && ring[i].cpu == 0))
		i--;
	if (i < 0)
		return;
@SNAP@}
