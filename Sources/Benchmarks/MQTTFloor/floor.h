#pragma once

#include <mosquitto.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the program is told.
struct options {
    const char *address;
    int port;
    const char *host_name;
    const char *ca_file;
    const char *devices_file;
    uint64_t warm_up;
    uint64_t echoes;
    int qos;
};

/// One device: a client of libmosquitto and how far it is.
struct device {
    struct mosquitto *client;
    char *id;
    char *token;
    int socket;
    uint32_t interest;
    bool secured;
    bool ready;
    unsigned acknowledged_subscriptions;
    uint64_t last_request;
};

/// The whole fleet.
struct fleet {
    struct options options;
    SSL_CTX *tls;
    int epoll;
    struct device *devices;
    size_t count;
    size_t ready;
    uint64_t acknowledged;
};

extern struct fleet fleet;

/// Ends the program with a message: a benchmark with a fault in it measures nothing.
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Makes the one TLS context; checks the chain and the host name of every connection.
SSL_CTX *make_tls(const char *ca_file, const char *host_name);

/// Starts to connect a device.
void device_start(struct device *device);

/// Carries on after epoll has seen its socket ready.
void device_drive(struct device *device);

/// Reads `id<TAB>token` lines.
void load_devices(const char *file);

/// Processor seconds of this process so far, user and system.
double processor_seconds(void);

/// Seconds on the monotonic clock.
double monotonic_seconds(void);

/// Resident memory of this process in bytes.
long resident_bytes(void);

/// How many files this process has open.
int open_files(void);

/// Writes the wall clock's time in ISO 8601 with seven fractional digits; returns the length.
size_t write_time(char *buffer, size_t size);
