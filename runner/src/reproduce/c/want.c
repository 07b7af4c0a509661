
/* The first difference from what is wanted. A wrong trace is reported instead of it. */
static char differs[300];

#define want(at, what, got, ...) do {								\
	uint64_t is = got, wanted[] = { __VA_ARGS__ }, n = sizeof(wanted) / 8;			\
	while (n && is != wanted[n - 1])							\
		n--;										\
	if (!n && !*differs)									\
		snprintf(differs, sizeof(differs), "at %s: want %s %s, got %#llx",		\
			 at, what, #__VA_ARGS__, (unsigned long long)is);			\
} while (0)
