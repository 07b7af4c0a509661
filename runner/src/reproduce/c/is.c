
/* Whether record i is the nth of that name on the first processor, any of that name if n is 0. */
static int is(unsigned int i, const char *wanted, unsigned int n)
{
	unsigned int nth = 0;

	for (unsigned int j = 0; j <= i; j++)
		nth += ring[j].cpu == 0 && !strcmp(name(j), wanted);
	return ring[i].cpu == 0 && !strcmp(name(i), wanted) && (!n || n == nth);
}
