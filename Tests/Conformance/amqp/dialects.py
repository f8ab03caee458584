"""How the official device SDKs speak AMQP: openings, links, properties, id types.

Source: the SDKs' own sources, as each class says. Qpid Proton is the client; the C SDK's opening (MSSBCBS), which it does
not know, is in test_uamqp.py.
"""

import itertools
import urllib.parse
import uuid

import proton
from proton import symbol
from proton._utils import Fetcher
from proton.reactor import LinkOption
from proton.utils import BlockingConnection, BlockingReceiver, BlockingSender

from hubkit import shared_access_signature

PATIENCE = 30
API_VERSION = "2020-09-30"
REPORTED = "/properties/reported"
DESIRED = "/notifications/twin/properties/desired"


class Link(LinkOption):
    """What an SDK says when it attaches a link."""

    def __init__(self, source, target, properties=None, snd=None, rcv=None):
        self._source, self._target, self._properties = source, target, properties
        self._snd, self._rcv = snd, rcv

    def apply(self, link):
        """Called by Proton before the attach."""
        link.source.address = self._source
        link.target.address = self._target
        if self._properties is not None:
            link.properties = {symbol(key): value for key, value in self._properties.items()}
        if self._snd is not None:
            link.snd_settle_mode = self._snd
        if self._rcv is not None:
            link.rcv_settle_mode = self._rcv


class DotNet:
    """Azure IoT SDK for .NET: no SASL, one session for `$cbs` and one for each device, fixed link names."""

    options = {"sasl_enabled": False, "heartbeat": 120}
    has_own_sessions = True
    absent_body = None
    null_version = True
    ids = itertools.count()

    @staticmethod
    def address(host, path):
        return f"amqps://{host}{path}"

    @staticmethod
    def audience(host, device_id):
        return f"{host}/devices/{urllib.parse.quote(device_id, safe='')}"

    @classmethod
    def message_id(cls):
        # A ulong: Proton has no other number for it.
        return next(cls.ids)

    @staticmethod
    def correlation_id(operation):
        return f"{operation.title()}{uuid.uuid4()}"

    @staticmethod
    def token_links():
        name, reply_to = str(uuid.uuid4()), str(uuid.uuid4())
        timeout = {"com.microsoft:timeout": proton.uint(60000)}
        return (
            (f"{name}:sender", Link(reply_to, "$cbs", timeout)),
            (f"{name}:receiver", Link("$cbs", reply_to, timeout)),
            {"reply_to": reply_to},
        )

    @classmethod
    def twin_links(cls, host, device_id):
        address = cls.address(host, f"/devices/{urllib.parse.quote(device_id, safe='')}/twin")
        properties = {
            "com.microsoft:client-version": "Microsoft.Azure.Devices.Client/1.42.0",
            "com.microsoft:api-version": API_VERSION,
            "com.microsoft:channel-correlation-id": f"twin:{uuid.uuid4()}",
            "com.microsoft:timeout": proton.uint(60000),
        }
        settled = proton.Link.SND_SETTLED
        return (
            ("TwinSenderLink", Link(device_id, address, properties, settled)),
            ("TwinReceiverLink", Link(address, device_id, properties, settled, proton.Link.RCV_FIRST)),
        )


class External(DotNet):
    """A client that says in SASL that its certificate is its credential."""

    options = {"allowed_mechs": "EXTERNAL"}


class Java(DotNet):
    """Azure IoT SDK for Java: ANONYMOUS, frames of 4,096 bytes, uuids, bare paths, versions as int."""

    options = {"allowed_mechs": "ANONYMOUS", "max_frame_size": 4096, "heartbeat": 230}
    null_version = False

    @staticmethod
    def address(host, path):
        return path

    @staticmethod
    def audience(host, device_id):
        return f"{host}/devices/{device_id}"

    @classmethod
    def message_id(cls):
        return uuid.uuid4()

    @staticmethod
    def correlation_id(operation):
        return uuid.uuid4()

    @staticmethod
    def token_links():
        up, down = ("cbs-sender", Link("$cbs", "$cbs")), ("cbs-receiver", Link("$cbs", "$cbs"))
        return up, down, {"address": "$cbs", "reply_to": "cbs"}

    @classmethod
    def twin_links(cls, host, device_id):
        address = f"/devices/{device_id}/twin"
        properties = {
            "com.microsoft:client-version": "com.microsoft.azure.sdk.iot.iot-device-client/2.1.5",
            "com.microsoft:api-version": API_VERSION,
            "com.microsoft:channel-correlation-id": f"twin:{uuid.uuid4()}",
        }
        return (
            (f"twin-sender-{uuid.uuid4()}", Link(None, address, properties, proton.Link.SND_UNSETTLED)),
            (f"twin-receiver-{uuid.uuid4()}", Link(address, None, properties, None, proton.Link.RCV_FIRST)),
        )


class Node(Java):
    """Azure IoT SDK for Node: rhea's ANONYMOUS, one session, strings as ids, a space as the empty body."""

    options = {"allowed_mechs": "ANONYMOUS"}
    has_own_sessions = False
    absent_body = b" "

    @classmethod
    def message_id(cls):
        return str(uuid.uuid4())

    @staticmethod
    def correlation_id(operation):
        return str(uuid.uuid4())

    @classmethod
    def twin_links(cls, host, device_id):
        address = f"/devices/{urllib.parse.quote(device_id, safe='')}/twin"
        properties = {
            "com.microsoft:client-version": "azure-iot-device/1.18.3",
            "com.microsoft:api-version": "2021-04-12",
            "com.microsoft:channel-correlation-id": f"twin:{uuid.uuid4()}",
        }
        settled = proton.Link.SND_SETTLED
        return (
            (str(uuid.uuid4()), Link(None, address, properties, settled)),
            (str(uuid.uuid4()), Link(address, None, properties, settled, proton.Link.RCV_FIRST)),
        )


class Connection:
    """A connection as one of the SDKs makes it."""

    def __init__(self, hub, dialect, certificate=None):
        self.hub, self.dialect = hub, dialect
        domain = proton.SSLDomain(proton.SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(hub.certificate_authority_file)
        domain.set_peer_authentication(proton.SSLDomain.VERIFY_PEER)
        if certificate is not None:
            domain.set_credentials(str(certificate.file), str(certificate.key_file), certificate.passphrase)
        self._blocking = BlockingConnection(
            f"amqps://{hub.address}:5671", timeout=PATIENCE, ssl_domain=domain, reconnect=False, **dialect.options
        )
        self._session = self._new_session()
        self._tokens = None

    def _new_session(self):
        session = self._blocking.conn.session()
        session.open()
        return session

    def pair(self, links, session, credit=50):
        """Attaches a sender and a receiver; Proton's exception when the hub refuses."""
        (up, up_options), (down, down_options) = links
        container = self._blocking.container
        sender = BlockingSender(self._blocking, container.create_sender(session, None, name=up, options=[up_options]))
        fetcher = Fetcher(self._blocking, credit)
        receiver = container.create_receiver(session, None, name=down, handler=fetcher, options=[down_options])
        return sender, BlockingReceiver(self._blocking, receiver, fetcher, credit=credit)

    def put_token(self, device_id, token):
        """Puts a token; the status, which has to be an int, and the description."""
        if self._tokens is None:
            up, down, properties = self.dialect.token_links()
            self._tokens = (*self.pair((up, down), self._session), properties)
        sender, receiver, properties = self._tokens
        message_id = self.dialect.message_id()
        request = proton.Message(
            body=token,
            inferred=False,
            id=message_id,
            properties={
                "operation": "put-token",
                "type": "servicebus.windows.net:sastoken",
                "name": self.dialect.audience(self.hub.address, device_id),
            },
            **properties,
        )
        sender.send(request)
        reply = receiver.receive(timeout=PATIENCE)
        assert _same(reply.correlation_id, message_id)
        status = reply.properties["status-code"]
        assert type(status) is proton.int32, type(status)
        assert isinstance(reply.properties["status-description"], str)
        return int(status), reply.properties["status-description"]

    def device(self, device_id, key):
        """Puts a device's own token and attaches its twin links."""
        token = shared_access_signature(f"{self.hub.address}/devices/{device_id}", key)
        assert self.put_token(device_id, token)[0] == 200
        return self.twin(device_id)

    def twin(self, device_id):
        """Attaches a device's twin links."""
        session = self._new_session() if self.dialect.has_own_sessions else self._session
        return Twin(self, *self.pair(self.dialect.twin_links(self.hub.address, device_id), session))

    def close(self):
        """Closes the connection."""
        self._blocking.close()


class Twin:
    """A device's twin links."""

    def __init__(self, connection, sender, receiver):
        self._dialect, self._sender, self._receiver = connection.dialect, sender, receiver

    def ask(self, operation, resource=None, body=None, version=None):
        """Sends a request; its answer, with the status."""
        correlation_id = self._dialect.correlation_id(operation)
        annotations = {symbol("operation"): operation}
        if resource is not None:
            annotations[symbol("resource")] = resource
        if version is not None or (self._dialect.null_version and operation != "GET"):
            annotations[symbol("version")] = version
        body = body if body is not None else self._dialect.absent_body
        request = proton.Message(body=body, inferred=True, correlation_id=correlation_id, annotations=annotations)
        self._sender.send(request)
        answer = self.next()
        assert _same(answer.correlation_id, correlation_id)
        status = answer.annotations[symbol("status")]
        assert type(status) is proton.int32, type(status)
        return int(status), answer

    def next(self):
        """The next message on the receiver."""
        return self._receiver.receive(timeout=PATIENCE)


def _same(one, other):
    """The same value of the same AMQP type."""
    return type(one) is type(other) and one == other
