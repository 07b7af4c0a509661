/* What the guest writes at a mark or a snap, without an exit, one after the other. */
struct record {
	uint16_t tag;		/* 11:0 number of its name, 14 of a snap: an exit follows */
	uint8_t cpu, committed;
	uint32_t site;
	uint64_t rsp, rflags, stack[6], unused[7];
};
#define ring ((const struct record *)(memory + @RING@))
#define reserved (*(volatile uint32_t *)(memory + @RING_HEAD@))	/* how many */
static const char *const names[4096] = { @NAMES@ };

static const char *name(unsigned int i)
{
	return !ring[i].committed ? "" : names[ring[i].tag & @NAME_MASK@] ? names[ring[i].tag & @NAME_MASK@] : "?";
}
@IS@
