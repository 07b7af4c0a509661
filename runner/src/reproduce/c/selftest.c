@THREADS@#include <signal.h>
#include <time.h>

#include "test_util.h"
#include "kvm_util.h"
#include "processor.h"

/* The names that the rest of this program uses. */
#define fail(...) TEST_FAIL(__VA_ARGS__)
#define trouble(...) TEST_FAIL(__VA_ARGS__)
#define require(have, words) __TEST_REQUIRE(have, "%s", words)
