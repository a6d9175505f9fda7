/* What is measured: latencies in a histogram, processor time and memory of the server's processes. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t now_us(void);

/* Log-linear: 64 buckets per power of two, so a percentile is at most 1.6 % too low. */
typedef struct {
    uint64_t buckets[4096], count, highest;
} Histogram;

void note(Histogram *histogram, uint64_t microseconds);
uint64_t percentile(const Histogram *histogram, double share);

typedef struct {
    double user_us, system_us;
    long resident_kb, highest_kb;
} Usage;

/* Count a process in. Its threads are in it; its children are not. */
void watch_process(int pid);
Usage usage(void);

static inline double cpu_us(Usage from, Usage to) {
    return to.user_us + to.system_us - from.user_us - from.system_us;
}

#endif
