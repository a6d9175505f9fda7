#include "measure.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROCESSES = 64, BUCKETS = 4096 };

static int processes[MAX_PROCESSES], process_count;

uint64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int bucket_of(uint64_t value) {
    if (value < 64) return value;
    int exponent = 63 - __builtin_clzll(value);
    int bucket = 64 + (exponent - 6) * 64 + ((value >> (exponent - 6)) & 63);
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static uint64_t value_of(int bucket) {
    if (bucket < 64) return bucket;
    int exponent = (bucket - 64) / 64 + 6;
    return (1ull << exponent) + ((uint64_t)((bucket - 64) % 64) << (exponent - 6));
}

void note(Histogram *histogram, uint64_t microseconds) {
    histogram->buckets[bucket_of(microseconds)]++;
    histogram->count++;
    if (microseconds > histogram->highest) histogram->highest = microseconds;
}

uint64_t percentile(const Histogram *histogram, double share) {
    uint64_t wanted = share * histogram->count, seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += histogram->buckets[i]) > wanted) return value_of(i);
    return histogram->highest;
}

void watch_process(int pid) {
    if (process_count < MAX_PROCESSES) processes[process_count++] = pid;
}

static void add_times(Usage *sum, int pid) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    char *rest = strrchr(text, ')');
    unsigned long user, system;
    if (rest && sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2) {
        double tick_us = 1e6 / sysconf(_SC_CLK_TCK);
        sum->user_us += user * tick_us;
        sum->system_us += system * tick_us;
    }
}

static void add_memory(Usage *sum, int pid) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (!file) return;
    long size;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmRSS: %ld", &size) == 1) sum->resident_kb += size;
        if (sscanf(line, "VmHWM: %ld", &size) == 1) sum->highest_kb += size;
    }
    fclose(file);
}

Usage usage(void) {
    Usage sum = {0};
    for (int i = 0; i < process_count; i++) {
        add_times(&sum, processes[i]);
        add_memory(&sum, processes[i]);
    }
    return sum;
}
