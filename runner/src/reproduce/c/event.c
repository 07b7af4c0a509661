
/* An event in delivery or injected, as a number to compare: 0 none, else its type and, of an exception, its vector. */
static uint64_t event(uint32_t bits)
{
	uint32_t type = bits >> 8 & 7;

@SOFTWARE_EXCEPTIONS@	if (!(bits >> 31))
		return 0;
	return 0x10000 | type << 8 | (type == 3 ? bits & 0xff : 0);
}
