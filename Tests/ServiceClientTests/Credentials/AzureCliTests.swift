import Foundation
import IoTHub
import TestKit
import Testing

@testable import ServiceClient

/// Azure CLI, played by a script called `az`.
@Suite(.timeLimit(.minutes(1))) struct AzureCliTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// A credential whose `az` is this shell script.
    private func credential(_ script: String, timeout: Duration = .seconds(50)) throws -> AzureCliCredential {
        let file = try folder.write("#!/bin/sh\n\(script)\n", to: "az")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        let path = "/nowhere:\(folder.url.path):/usr/bin:/bin"
        return AzureCliCredential(environment: ["PATH": path, "TZ": "UTC"], timeout: timeout)
    }

    private func failure(_ credential: AzureCliCredential) async -> ServiceClientError? {
        await #expect(throws: ServiceClientError.self) { try await credential.getToken(scope: TokenIssuer.scope) }
    }

    @Test("the token and its expiry are read, and the resource is asked for")
    func token() async throws {
        let credential = try credential(
            """
            echo "$@" > \(folder.url.path)/arguments
            echo 'WARNING: a new version is there' >&2
            echo '{"accessToken": "cli-token", "expiresOn": "2000-01-01 00:00:00.000000", "expires_on": 1700000000}'
            """
        )
        let token = try await credential.getToken(scope: TokenIssuer.scope)
        #expect(token == AccessToken(token: "cli-token", expiresOn: 1_700_000_000))
        let arguments = try String(contentsOfFile: folder.url.path + "/arguments", encoding: .utf8)
        #expect(arguments == "account get-access-token --output json --resource https://iothubs.azure.net\n")
    }

    @Test("the local time of older versions is understood")
    func localTime() throws {
        let text = #"{"accessToken":"a","expiresOn":"2023-11-14 22:13:20.123456"}"#
        let token = try AzureCliCredential.token(Array(text.utf8))
        var parts = tm()
        var seconds = time_t(token.expiresOn)
        localtime_r(&seconds, &parts)
        #expect([parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min] == [123, 10, 14, 22, 13])
    }

    @Test(
        "what is no token's JSON is reported",
        arguments: [
            "", "Welcome to Azure CLI!", "{}", #"{"accessToken":"a"}"#, #"{"accessToken":"a","expiresOn":"tomorrow"}"#,
            #"{"accessToken":"a","expiresOn":"99999999999-01-01 00:00:00"}"#,
        ]
    )
    func unreadable(output: String) {
        let error = #expect(throws: ServiceClientError.self) { try AzureCliCredential.token(Array(output.utf8)) }
        #expect(error?.reason == .noToken)
        #expect(error?.message.contains("printed no") == true)
    }

    @Test("without az in PATH it says what to install, or to set")
    func missing() async {
        let error = await failure(AzureCliCredential(environment: ["PATH": "/nowhere"]))
        #expect(error?.reason == .noToken)
        #expect(error?.message.contains("there is no Azure CLI ('az') in PATH; install it and run 'az login'") == true)
        #expect(error?.message.contains("AZURE_CLIENT_SECRET") == true)
    }

    @Test("without a login it says to log in, in az's own words as well")
    func loggedOut() async throws {
        let script = "echo 'WARNING: x' >&2; echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1"
        let error = await failure(try credential(script))
        #expect(
            error?.message == "Azure CLI is not logged in, or its login is over; run 'az login' "
                + "(it says: ERROR: Please run 'az login' to setup account.)"
        )
    }

    @Test("any other failure is told with its code and first line, and without a token")
    func otherFailure() async throws {
        let error = await failure(try credential("echo 'ERROR: bad eyJaaaa.bbbb.cccc' >&2; exit 3"))
        #expect(
            error?.message == "'az account get-access-token' failed with exit code 3: ERROR: bad [redacted]"
        )
        let refusal = await failure(try credential("exec /nowhere/python"))
        #expect(refusal?.message.contains("cannot be run") == true)
    }

    @Test("an az that hangs is ended with its children, though they hold its output open")
    func hanging() async throws {
        let alive = try SignOfLife(in: folder)
        #expect(mkfifo(folder.url.path + "/never", 0o600) == 0)
        let script = "exec 9>\(alive.path); echo started >&9; (read nothing < \(folder.url.path)/never) & wait"
        let credential = try credential(script, timeout: .seconds(5))
        async let error = failure(credential)
        #expect(await alive.next() == "started\n")
        #expect(await error?.message.contains("has not ended within 5.0 seconds, and was killed") == true)
        #expect(await alive.next()?.isEmpty == true)
    }

    @Test("without a file left to open it says so, and works again when there are")
    func noFilesLeft() async throws {
        let credential = try credential(#"echo '{"accessToken": "cli-token", "expires_on": 1700000000}'"#)
        var failures = 0
        for left in 0..<12 {
            var descriptors: [Int32] = []
            while case let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC), descriptor >= 0 {
                descriptors.append(descriptor)
            }
            for descriptor in descriptors.suffix(left) { close(descriptor) }
            let result: Result<AccessToken, any Error>
            do {
                result = .success(try await credential.getToken(scope: TokenIssuer.scope))
            } catch {
                result = .failure(error)
            }
            for descriptor in descriptors.dropLast(left) { close(descriptor) }
            switch result {
            case .success(let token): #expect(token.token == "cli-token")
            case .failure(let error):
                failures += 1
                #expect("\(error)".contains("Too many open files"), "\(left) files left: \(error)")
            }
        }
        #expect(failures > 0)
        #expect(try await credential.getToken(scope: TokenIssuer.scope).token == "cli-token")
    }

    @Test("a cancelled call ends, and az with it")
    func cancellation() async throws {
        let alive = try SignOfLife(in: folder)
        #expect(mkfifo(folder.url.path + "/never", 0o600) == 0)
        let script = "exec 9>\(alive.path); echo started >&9; read nothing < \(folder.url.path)/never"
        let credential = try credential(script)
        let call = Task { try await credential.getToken(scope: TokenIssuer.scope) }
        #expect(await alive.next() == "started\n")
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(await alive.next()?.isEmpty == true)
    }
}
