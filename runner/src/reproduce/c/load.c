#define MEMORY @MEMORY_SIZE@
static uint8_t *memory;

/*
 * Guest memory: address and bytes; everything else is zero. Of a table: its first entry, the size of an entry, and either the low
 * 16 bits of each entry, or by how much the low 32 bits grow and the number of entries.
 */
#define AT(at, hex) { at, hex, 0, "", 0, 1 }
#define TABLE(at, entry, distance, low) { at, entry, distance, low, 0, (sizeof(low) - 1) / 4 }
#define STEPS(at, entry, distance, step, count) { at, entry, distance, "", step, count }
static const struct { unsigned int at; const char *hex; int distance; const char *low; int step, count; } image[] = {
@IMAGE@};

static void load_memory(void)
{
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned int i = 0; i < sizeof(image) / sizeof(image[0]); i++) {
		for (int n = 0; n < image[i].count; n++) {
			uint8_t *start = memory + image[i].at + n * image[i].distance, *to = start;

			for (const char *hex = image[i].hex; *hex; hex += 2)
				sscanf(hex, "%2hhx", to++);
			if (*image[i].low)
				sscanf(image[i].low + 4 * n, "%2hhx%2hhx", start, start + 1);
			if (image[i].step)
				*(uint32_t *)start += n * image[i].step;
		}
	}
}
