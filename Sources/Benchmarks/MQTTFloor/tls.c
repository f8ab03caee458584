#include "floor.h"

static const char *expected_host;

/// Comes before the ClientHello is built. libmosquitto was given an address, so it could not check the name.
static void handshake_starts(const SSL *ssl, int where, int code) {
    (void)code;
    if (where & SSL_CB_HANDSHAKE_START) {
        if (SSL_set1_host((SSL *)ssl, expected_host) != 1) die("the host name could not be set");
    }
}

SSL_CTX *make_tls(const char *ca_file, const char *host_name) {
    expected_host = host_name;
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (tls == NULL) die("there is no TLS context to be had");
    if (SSL_CTX_load_verify_locations(tls, ca_file, NULL) != 1) die("%s is no file of certificates", ca_file);
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_info_callback(tls, handshake_starts);
    return tls;
}
