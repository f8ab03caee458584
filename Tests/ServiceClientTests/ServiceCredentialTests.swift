import IoTHub
import NIOConcurrencyHelpers
import Testing

@testable import ServiceClient

@Suite struct ServiceCredentialTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test("the token is the documented one for the hub's name")
    func vector() throws {
        let text = "HostName=myhub.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=\(Self.key)"
        let credential = try ServiceCredential(
            connectionString: ConnectionString(parsing: text),
            timeToLive: .seconds(3600),
            clock: { 1_700_000_000 }
        )
        #expect(
            try credential.authorization()
                == "SharedAccessSignature sr=myhub.azure-devices.net&sig=z2GsBnDbkPF5ILfrd9UgHrn3tqxZXTLBEN85EQUGBb0%3D"
                + "&se=1700003600&skn=iothubowner"
        )
    }

    @Test("a token is used until 15 % of its life are left, then a new one is made")
    func renewal() throws {
        let clock = ManualClock(1_000_000)
        let text = "HostName=hub;SharedAccessKeyName=p;SharedAccessKey=\(Self.key)"
        let credential = try ServiceCredential(
            connectionString: ConnectionString(parsing: text),
            timeToLive: .seconds(1000),
            clock: clock.read
        )
        let first = try credential.authorization()
        #expect(first.contains("se=1001000"))
        clock.set(1_000_849)
        #expect(try credential.authorization() == first)
        clock.set(1_000_850)
        #expect(try credential.authorization().contains("se=1001850"))
    }

    @Test("a clock set back makes a new token, for the old one would live too long")
    func clockSetBack() throws {
        let clock = ManualClock(1_000_000)
        let text = "HostName=hub;SharedAccessKeyName=p;SharedAccessKey=\(Self.key)"
        let credential = try ServiceCredential(
            connectionString: ConnectionString(parsing: text),
            timeToLive: .seconds(1000),
            clock: clock.read
        )
        _ = try credential.authorization()
        clock.set(500_000)
        #expect(try credential.authorization().contains("se=501000"))
    }

    @Test(
        "a life without sense is cut to the nearer end",
        arguments: [
            (Duration.seconds(Int64.max), "se=4162240000"), (.seconds(Int64.max / 85), "se=4162240000"),
            (.seconds(100 * 366 * 86_400), "se=4162240000"), (.seconds(1e19), "se=4162240000"),
            (.zero, "se=1000000001"), (.seconds(Int64.min), "se=1000000001"),
        ]
    )
    func extremes(life: Duration, expiry: String) throws {
        let text = "HostName=hub;SharedAccessKeyName=p;SharedAccessKey=\(Self.key)"
        let credential = try ServiceCredential(
            connectionString: ConnectionString(parsing: text),
            timeToLive: life,
            clock: { 1_000_000_000 }
        )
        #expect(try credential.authorization().contains("&\(expiry)&"))
    }

    @Test(
        "what is not a policy's connection string is refused before anything is sent, without quoting the key",
        arguments: [
            "HostName=hub;DeviceId=d;SharedAccessKey=\(key)",
            "HostName=hub;SharedAccessKeyName=p;SharedAccessKey=***not base64***",
            "SharedAccessKeyName=p;SharedAccessKey=\(key)",
            "",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: (any Error).self) { try RegistryManager.create(connectionString: text) }
        #expect(!"\(error.map { "\($0)" } ?? "")".contains(Self.key))
    }
}
