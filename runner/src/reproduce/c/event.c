
/* An event that was being delivered or is injected, as a number: 0 for none, else its type and, of an exception, its vector. */
static uint64_t event(uint32_t bits)
{
	uint32_t type = bits >> @EVENT_TYPE@ & @TYPE_MASK@;

@SOFTWARE_EXCEPTIONS@	if (!(bits >> @EVENT_VALID@))
		return 0;
	return 0x10000 | type << 8 | (type == @TYPE_EXCEPTION@ ? bits & @VECTOR_MASK@ : 0);
}
