import IoTHub
import ServiceClient
import Testing

@testable import twinfleet

@Suite("What a command says when the hub refuses")
struct RefusalTests {
    private let asked = Asked(
        what: "change device \"press-1\"",
        deviceID: "press-1",
        needs: .registryWrite,
        lookAt: "twinfleet device show press-1"
    )

    private func explain(
        _ reason: ServiceClientError.Reason = .refused,
        status: Int = 0,
        code: IoTHubErrorCode? = nil,
        environment: [String: String] = [:],
        currentETag: ETag? = nil,
        namesETag: Bool = false
    ) throws -> CommandError {
        let hub = "HostName=hub.example;SharedAccessKeyName=reader;SharedAccessKey=AAECAwQFBgcICQoLDA0ODw=="
        var asked = asked
        asked.namesETag = namesETag
        return Refusal.explain(
            ServiceClientError(reason: reason, operation: "PUT /x", status: status, code: code, message: "because"),
            asked,
            try HubAddress(hub: hub, ca: nil, environment: environment),
            currentETag: currentETag
        )
    }

    @Test func anUnknownDeviceIsNamedAndTheListPointedAt() throws {
        let error = try explain(status: 404, code: .deviceNotFound)
        #expect(error.exit == .refused)
        #expect(error.message.contains("no device \"press-1\"; 'twinfleet device list' shows the ids"))
    }

    @Test func aDeviceThatIsThereAlreadyIsNamed() throws {
        #expect(
            try explain(status: 409, code: .deviceAlreadyExists).message.contains(
                "there is a device \"press-1\" already"
            )
        )
    }

    @Test func anotherETagIsToldWithTheOneOfNow() throws {
        let etag = ETag(rawValue: "Mg==")
        let error = try explain(status: 412, code: .preconditionFailed, currentETag: etag, namesETag: true)
        #expect(error.exit == .refused)
        #expect(
            error.message.hasSuffix("it has changed since: its ETag is now Mg==; look again, or leave --if-match out")
        )
        #expect(try explain(status: 412, namesETag: true).message.contains("it has changed since; look again"))
    }

    @Test func aRaceLostWithoutAnETagIsToldAsOne() throws {
        let error = try explain(status: 412, code: .preconditionFailed, currentETag: ETag(rawValue: "Mg=="))
        #expect(error.exit == .refused)
        #expect(error.message.hasSuffix("others keep changing it at the same time: its ETag is now Mg==; try again"))
        #expect(!error.message.contains("--if-match"))
    }

    @Test func aPermissionThatLacksIsNamedWithThePoliciesThatHaveIt() throws {
        let error = try explain(status: 401, code: .iotHubUnauthorizedAccess)
        #expect(error.exit == .unavailable)
        #expect(error.message.contains("policy \"reader\" lacks the permission registryWrite"))
        #expect(error.message.contains("iothubowner, registryReadWrite"))
        let key = try explain(status: 401, code: .iotHubUnauthorized)
        #expect(key.exit == .unavailable)
        #expect(key.message.contains("is the key of policy \"reader\" right"))
    }

    @Test func otherRefusalsKeepTheHubsWords() throws {
        let error = try explain(status: 400, code: .argumentInvalid)
        #expect(
            error
                == CommandError(
                    .refused,
                    "cannot change device \"press-1\": the hub answers 400 ArgumentInvalid: because"
                )
        )
        #expect(try explain(status: 429).exit == .refused)
    }

    @Test func aWriteOfUnknownFateSaysWhereToLook() throws {
        for error in [try explain(.timedOut), try explain(.connectionLost), try explain(status: 500)] {
            #expect(error.exit == .unavailable)
            #expect(error.message.contains("it may have been carried out: look with 'twinfleet device show press-1'"))
        }
        let unreachable = try explain(.unreachable)
        #expect(unreachable.exit == .unavailable)
        #expect(!unreachable.message.contains("carried out"))
    }

    @Test func anUntrustedHubIsToldWithTheAuthoritiesInUse() throws {
        #expect(try explain(.untrustedCertificate).message.contains("give --ca FILE, or set IOTHUB_CA_FILE"))
        let other = try explain(.untrustedCertificate, environment: ["IOTHUB_CA_FILE": "/x/ca.pem"])
        #expect(other.exit == .unavailable)
        #expect(other.message.contains("/x/ca.pem, from IOTHUB_CA_FILE"))
    }

    @Test func aWrongArgumentIsAUsageError() throws {
        #expect(try explain(.invalidArgument).exit == .usage)
    }

    @Test func forEntraTheRolesAreNamedThatWouldDo() throws {
        let address = try HubAddress(hub: nil, host: "hub.example", ca: nil, environment: [:])
        let refused = ServiceClientError(
            reason: .refused,
            operation: "PUT /x",
            status: 401,
            code: .iotHubUnauthorizedAccess,
            message: "no role"
        )
        let error = Refusal.explain(refused, asked, address)
        #expect(error.exit == .unavailable)
        #expect(
            error.message == "cannot change device \"press-1\": the hub answers 401 IotHubUnauthorizedAccess: no role; "
                + "does the hub take tokens of this tenant, and has the principal a role that allows it "
                + "(IoT Hub Data Contributor, IoT Hub Registry Contributor)?"
        )
        let locked = ServiceClientError(reason: .noToken, operation: "POST /token", message: "because")
        let noToken = Refusal.explain(locked, asked, address)
        #expect(noToken.exit == .unavailable)
        #expect(noToken.message == "cannot change device \"press-1\": there is no access token: because")
    }
}
