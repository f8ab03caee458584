#define _GNU_SOURCE
#include "floor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESPONSES "$iothub/twin/res/"
#define DESIRED "$iothub/twin/PATCH/properties/desired/"
#define REPORTED "$iothub/twin/PATCH/properties/reported/?$rid=%" PRIu64
#define GET "$iothub/twin/GET/?$rid=%" PRIu64
#define RECEIVED ",\"DateTimeLastDesiredPropertyChangeReceived\":\""

static void check(struct device *device, int code, const char *doing) {
    if (code != MOSQ_ERR_SUCCESS) die("%s: %s: %s", device->id, doing, mosquitto_strerror(code));
}

static void publish(struct device *device, const char *topic_format, const char *payload, size_t length) {
    char topic[128];
    device->last_request += 1;
    snprintf(topic, sizeof topic, topic_format, device->last_request);
    check(device, mosquitto_publish(device->client, NULL, topic, (int)length, payload, fleet.options.qos, false),
          "publishing");
}

/// Answers a desired patch with its own members and the time, as a fleet's device does, by cutting and pasting text.
static void echo(struct device *device, const char *payload, size_t length) {
    static const char version[] = "\"$version\":";
    const char *cut = memmem(payload, length, version, sizeof version - 1);
    if (cut == NULL) die("%s: a desired patch without a version", device->id);
    // The hub writes the version last; the comma before it goes, too.
    size_t kept = (size_t)(cut - payload);
    while (kept > 1 && (payload[kept - 1] == ',' || payload[kept - 1] == ' ')) kept -= 1;
    char patch[4096];
    if (kept + sizeof RECEIVED + 40 > sizeof patch) die("%s: a desired patch of %zu bytes", device->id, length);
    memcpy(patch, payload, kept);
    const char *separator = &RECEIVED[kept > 1 ? 0 : 1];
    memcpy(patch + kept, separator, strlen(separator));
    kept += strlen(separator);
    kept += write_time(patch + kept, 40);
    memcpy(patch + kept, "\"}", 2);
    publish(device, REPORTED, patch, kept + 2);
}

static void received(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)client;
    struct device *device = context;
    if (strncmp(message->topic, DESIRED, sizeof DESIRED - 1) == 0) {
        echo(device, message->payload, (size_t)message->payloadlen);
        return;
    }
    if (strncmp(message->topic, RESPONSES, sizeof RESPONSES - 1) != 0) die("%s: topic %s", device->id, message->topic);
    int status = atoi(message->topic + sizeof RESPONSES - 1);
    if (status == 204) {
        fleet.acknowledged += 1;
    } else if (status == 200 && !device->ready) {
        device->ready = true;
        fleet.ready += 1;
    } else {
        die("%s: a twin request was answered with %d", device->id, status);
    }
}

static void subscribed(struct mosquitto *client, void *context, int packet, int count, const int *granted) {
    (void)client, (void)packet;
    struct device *device = context;
    for (int index = 0; index < count; index += 1) {
        if (granted[index] > 1) die("%s: a subscription was refused", device->id);
    }
    device->acknowledged_subscriptions += 1;
    if (device->acknowledged_subscriptions == 2) publish(device, GET, "", 0);
}

static void connected(struct mosquitto *client, void *context, int code) {
    struct device *device = context;
    if (code != 0) die("%s: %s", device->id, mosquitto_connack_string(code));
    check(device, mosquitto_subscribe(client, NULL, RESPONSES "#", fleet.options.qos), "subscribing");
    check(device, mosquitto_subscribe(client, NULL, DESIRED "#", fleet.options.qos), "subscribing");
}

/// The library makes a socket pair that an external loop never reads: two more files and a system call per packet.
static void remove_socket_pair(struct mosquitto *client) {
    int major, minor, revision;
    mosquitto_lib_version(&major, &minor, &revision);
    int *sockets = (int *)client;
    if (major != 2 || minor != 0 || sockets[0] != -1) return;
    for (int index = 1; index <= 2; index += 1) {
        int domain = -1;
        socklen_t size = sizeof domain;
        if (getsockopt(sockets[index], SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX) return;
    }
    for (int index = 1; index <= 2; index += 1) {
        close(sockets[index]);
        sockets[index] = -1;
    }
}

static void watch(struct device *device, uint32_t events) {
    if (device->interest == events) return;
    struct epoll_event event = {.events = events, .data.ptr = device};
    int operation = device->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(fleet.epoll, operation, device->socket, &event) != 0) die("%s: epoll_ctl failed", device->id);
    device->interest = events;
}

void device_start(struct device *device) {
    char user[512];
    snprintf(user, sizeof user, "%s/%s/?api-version=2021-04-12&DeviceClientType=MQTTFloor", fleet.options.host_name,
             device->id);
    device->client = mosquitto_new(device->id, false, device);
    if (device->client == NULL) die("%s: no client to be had", device->id);
    remove_socket_pair(device->client);
    mosquitto_connect_callback_set(device->client, connected);
    mosquitto_subscribe_callback_set(device->client, subscribed);
    mosquitto_message_callback_set(device->client, received);
    check(device, mosquitto_username_pw_set(device->client, user, device->token), "setting the token");
    mosquitto_int_option(device->client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_int_option(device->client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
    mosquitto_int_option(device->client, MOSQ_OPT_SEND_MAXIMUM, 0);
    check(device, mosquitto_void_option(device->client, MOSQ_OPT_SSL_CTX, fleet.tls), "setting the TLS context");
    check(device, mosquitto_connect_async(device->client, fleet.options.address, fleet.options.port, 300), "connecting");
    device->socket = mosquitto_socket(device->client);
    watch(device, EPOLLIN | EPOLLOUT);
}

void device_drive(struct device *device) {
    check(device, mosquitto_loop_read(device->client, 1), "reading");
    if (!device->secured) {
        const SSL *ssl = mosquitto_ssl_get(device->client);
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        // The library says nothing when a TLS connection is refused.
        if (getpeername(device->socket, (struct sockaddr *)&peer, &size) != 0) die("%s: refused", device->id);
        if (!SSL_is_init_finished(ssl)) {
            watch(device, EPOLLIN | (SSL_want(ssl) == SSL_WRITING ? EPOLLOUT : 0));
            return;
        }
        device->secured = true;
        check(device, mosquitto_loop_write(device->client, 1), "writing");
    } else if (mosquitto_want_write(device->client)) {
        check(device, mosquitto_loop_write(device->client, 1), "writing");
    }
    watch(device, EPOLLIN | (mosquitto_want_write(device->client) ? EPOLLOUT : 0));
}
