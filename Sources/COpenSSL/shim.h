#pragma once
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

// These are macros over SSL_CTX_ctrl and SSL_ctrl in OpenSSL 3; Swift imports functions only.
static inline long twinfleet_SSL_CTX_set_mode(SSL_CTX *ctx, long mode) { return SSL_CTX_set_mode(ctx, mode); }
static inline long twinfleet_SSL_CTX_set_session_cache_mode(SSL_CTX *ctx, long mode) {
    return SSL_CTX_set_session_cache_mode(ctx, mode);
}
static inline int twinfleet_SSL_CTX_set_min_proto_version(SSL_CTX *ctx, int version) {
    return SSL_CTX_set_min_proto_version(ctx, version);
}
static inline long twinfleet_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name);
}

// A macro over a function with a variable number of arguments.
static inline EVP_PKEY *twinfleet_EVP_EC_gen(const char *curve) { return EVP_EC_gen(curve); }
static inline long twinfleet_BIO_get_mem_data(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

// Like a socket BIO, but a peer that has gone away is an error of the write and no SIGPIPE.
static inline int twinfleet_BIO_send(BIO *bio, const char *bytes, int count) {
    int socket = -1;
    BIO_get_fd(bio, &socket);
    ssize_t sent = send(socket, bytes, (size_t)count, MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (sent <= 0 && BIO_sock_should_retry((int)sent)) BIO_set_retry_write(bio);
    return (int)sent;
}
static inline BIO_METHOD *twinfleet_BIO_make_socket_method(void) {
    const BIO_METHOD *socket = BIO_s_socket();
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    if (method == NULL) return NULL;
    BIO_meth_set_write(method, twinfleet_BIO_send);
    BIO_meth_set_read(method, BIO_meth_get_read(socket));
    BIO_meth_set_puts(method, BIO_meth_get_puts(socket));
    BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(socket));
    BIO_meth_set_create(method, BIO_meth_get_create(socket));
    BIO_meth_set_destroy(method, BIO_meth_get_destroy(socket));
    return method;
}
// The socket stays the caller's.
static inline void twinfleet_BIO_set_fd(BIO *bio, int socket) { BIO_set_fd(bio, socket, BIO_NOCLOSE); }
