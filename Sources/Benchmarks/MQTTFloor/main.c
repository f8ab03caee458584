// The floor under DeviceClient: what libmosquitto costs when a bare C program drives it with epoll.
//
// It connects a fleet, gets every twin, answers each desired patch with a reported patch, and prints what that took as
// lines of JSON: "start" before the first connection, "ready" when every device is, "done" after the echoes asked for.

#include "floor.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

/// Connections not ready yet at any time; a hub's backlog bounds what makes sense.
enum { most_in_flight = 64 };

struct fleet fleet;

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("MQTTFloor: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(70);
}

void load_devices(const char *file) {
    FILE *stream = fopen(file, "r");
    if (stream == NULL) die("%s: %s", file, strerror(errno));
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stream)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        char *tab = strchr(line, '\t');
        if (tab == NULL) die("%s: a line without a tab", file);
        fleet.devices = realloc(fleet.devices, (fleet.count + 1) * sizeof *fleet.devices);
        if (fleet.devices == NULL) die("out of memory");
        fleet.devices[fleet.count] = (struct device){
            .id = strndup(line, (size_t)(tab - line)), .token = strdup(tab + 1), .socket = -1};
        fleet.count += 1;
    }
    free(line);
    fclose(stream);
    if (fleet.count == 0) die("%s: no device in it", file);
}

static uint64_t number(const char *text) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != 0) die("%s is no number", text);
    return value;
}

static void parse(int count, char **arguments) {
    static const struct option known[] = {
        {"address", required_argument, NULL, 'a'}, {"port", required_argument, NULL, 'p'},
        {"host-name", required_argument, NULL, 'h'}, {"ca", required_argument, NULL, 'c'},
        {"devices", required_argument, NULL, 'd'}, {"warm-up", required_argument, NULL, 'w'},
        {"echoes", required_argument, NULL, 'e'}, {"qos", required_argument, NULL, 'q'}, {NULL, 0, NULL, 0}};
    struct options *options = &fleet.options;
    *options = (struct options){.port = 8883, .warm_up = 1000, .echoes = 10000};
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        switch (option) {
        case 'a': options->address = optarg; break;
        case 'p': options->port = (int)number(optarg); break;
        case 'h': options->host_name = optarg; break;
        case 'c': options->ca_file = optarg; break;
        case 'd': options->devices_file = optarg; break;
        case 'w': options->warm_up = number(optarg); break;
        case 'e': options->echoes = number(optarg); break;
        case 'q': options->qos = number(optarg) != 0; break;
        default: exit(64);
        }
    }
    if (!options->address || !options->host_name || !options->ca_file || !options->devices_file) {
        fputs("usage: MQTTFloor --address A --host-name H --ca FILE --devices FILE [--port P] [--warm-up N] "
              "[--echoes N] [--qos Q]\n",
              stderr);
        exit(64);
    }
}

/// Waits once and carries on with every device whose socket is ready.
static void turn(void) {
    static double next_upkeep = 0;
    struct epoll_event events[256];
    int count = epoll_wait(fleet.epoll, events, 256, 1000);
    for (int index = 0; index < count; index += 1) device_drive(events[index].data.ptr);
    double now = monotonic_seconds();
    if (now < next_upkeep) return;
    next_upkeep = now + 1;
    for (size_t index = 0; index < fleet.count; index += 1) {
        struct device *device = &fleet.devices[index];
        if (device->ready && mosquitto_loop_misc(device->client) != MOSQ_ERR_SUCCESS) die("%s: lost", device->id);
    }
}

int main(int count, char **arguments) {
    parse(count, arguments);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    mosquitto_lib_init();
    load_devices(fleet.options.devices_file);
    fleet.tls = make_tls(fleet.options.ca_file, fleet.options.host_name);
    fleet.epoll = epoll_create1(EPOLL_CLOEXEC);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("{\"event\":\"start\",\"resident_bytes\":%ld,\"open_files\":%d}\n", resident_bytes(), open_files());

    double began = monotonic_seconds(), used = processor_seconds();
    size_t started = 0;
    while (fleet.ready < fleet.count) {
        while (started < fleet.count && started - fleet.ready < most_in_flight) device_start(&fleet.devices[started++]);
        turn();
    }
    printf("{\"event\":\"ready\",\"devices\":%zu,\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"resident_bytes\":%ld,"
           "\"open_files\":%d}\n",
           fleet.count, monotonic_seconds() - began, processor_seconds() - used, resident_bytes(), open_files());

    while (fleet.acknowledged < fleet.options.warm_up) turn();
    uint64_t first = fleet.acknowledged;
    began = monotonic_seconds(), used = processor_seconds();
    while (fleet.acknowledged - first < fleet.options.echoes) turn();
    printf("{\"event\":\"done\",\"echoes\":%" PRIu64 ",\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"resident_bytes\":%ld,"
           "\"open_files\":%d}\n",
           fleet.acknowledged - first, monotonic_seconds() - began, processor_seconds() - used, resident_bytes(),
           open_files());
    return 0;
}
