#include "floor.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double processor_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double monotonic_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

long resident_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) die("/proc/self/statm cannot be read");
    long total = 0, resident = 0;
    if (fscanf(file, "%ld %ld", &total, &resident) != 2) die("/proc/self/statm is not as expected");
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

int open_files(void) {
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) die("/proc/self/fd cannot be read");
    int count = -3; // ".", ".." and the folder itself
    while (readdir(folder) != NULL) count += 1;
    closedir(folder);
    return count;
}

size_t write_time(char *buffer, size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm parts;
    gmtime_r(&now.tv_sec, &parts);
    return (size_t)snprintf(buffer, size, "%04d-%02d-%02dT%02d:%02d:%02d.%07ldZ", parts.tm_year + 1900, parts.tm_mon + 1,
                            parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 100);
}
