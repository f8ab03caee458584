import Foundation
import IoTHub

/// The account that Azure CLI is logged in with, on a developer's machine: tokens come from `az account
/// get-access-token`.
///
/// Source: Azure CLI documentation, "az account get-access-token".
public struct AzureCliCredential: TokenCredential {
    private let environment: [String: String]
    private let tenantID: String?
    private let timeout: Duration

    /// Creates a credential; nothing is started yet.
    ///
    /// - Parameters:
    ///   - tenantID: The tenant that the token shall be of; `nil`: the account's own.
    ///   - timeout: Longest time for one run of `az`; it is ended then.
    public init(tenantID: String? = nil, timeout: Duration = .seconds(30)) {
        self.init(environment: ProcessInfo.processInfo.environment, tenantID: tenantID, timeout: timeout)
    }

    init(environment: [String: String], tenantID: String? = nil, timeout: Duration = .seconds(30)) {
        self.environment = environment
        self.tenantID = tenantID
        self.timeout = timeout
    }

    /// Runs `az` and reads the token that it prints.
    ///
    /// - Throws: ``ServiceClientError`` with `noToken`, or `CancellationError`.
    public func getToken(scope: String) async throws -> AccessToken {
        guard let program = ExternalProgram.find("az", path: environment["PATH"]) else {
            throw Self.error(
                "there is no Azure CLI ('az') in PATH; install it and run 'az login', or set AZURE_TENANT_ID, "
                    + "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
            )
        }
        var arguments = ["account", "get-access-token", "--output", "json"]
        // Older versions know resources only; every resource has a scope of this form.
        let suffix = "/.default"
        arguments +=
            scope.hasSuffix(suffix) ? ["--resource", String(scope.dropLast(suffix.count))] : ["--scope", scope]
        if let tenantID { arguments += ["--tenant", tenantID] }
        let outcome: ExternalProgram.Outcome
        do {
            outcome = try await ExternalProgram.run(program, arguments, environment: environment, timeout: timeout)
        } catch let error as ExternalProgram.Failure {
            throw Self.error(error.description)
        }
        guard outcome.exitCode == 0 else { throw Self.refusal(outcome) }
        return try Self.token(outcome.output)
    }

    /// Reads `{"accessToken":"…","expires_on":1700000000,"expiresOn":"2023-11-14 22:13:20.000000"}`.
    ///
    /// The text of `expiresOn` is in local time; versions from 2.54 on have `expires_on`, too.
    static func token(_ output: [UInt8]) throws(ServiceClientError) -> AccessToken {
        guard let json = try? JSON(parsing: output), let token = json["accessToken"]?.stringValue else {
            throw error("'az account get-access-token' printed no JSON with an accessToken")
        }
        let seconds = json["expires_on"].flatMap { $0.integerValue ?? $0.stringValue.flatMap { Int64($0) } }
        guard let expiry = seconds ?? json["expiresOn"]?.stringValue.flatMap(localTime) else {
            throw error("'az account get-access-token' printed no time at which the token expires")
        }
        return AccessToken(token: token, expiresOn: expiry)
    }

    private static func localTime(_ text: String) -> Int64? {
        let numbers = text.prefix { $0 != "." }.split { "- :T".contains($0) }.map { Int32($0) }
        guard numbers.count == 6, !numbers.contains(nil) else { return nil }
        let parts = numbers.compactMap { $0 }
        guard (1970...9999).contains(parts[0]) else { return nil }
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (parts[0] - 1900, parts[1] - 1, parts[2])
        (time.tm_hour, time.tm_min, time.tm_sec) = (parts[3], parts[4], parts[5])
        time.tm_isdst = -1
        let seconds = mktime(&time)
        return seconds == -1 ? nil : Int64(seconds)
    }

    private static func refusal(_ outcome: ExternalProgram.Outcome) -> ServiceClientError {
        let text = String(decoding: outcome.errors, as: UTF8.self)
        // The shell's own code for a program that is not there: 'az' is a script on most systems.
        if outcome.exitCode == 127 {
            return error("Azure CLI ('az') cannot be run: \(firstLine(text))")
        }
        if text.contains("az login") || text.contains("az account set") || text.contains("AADSTS") {
            return error(
                "Azure CLI is not logged in, or its login is over; run 'az login' (it says: \(firstLine(text)))"
            )
        }
        return error("'az account get-access-token' failed with exit code \(outcome.exitCode): \(firstLine(text))")
    }

    private static func firstLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        // Warnings come before the error.
        let line = lines.first { $0.hasPrefix("ERROR") } ?? lines.first { !$0.isEmpty }
        return line.map { String($0.prefix(400)) } ?? "no explanation"
    }

    private static func error(_ message: String) -> ServiceClientError {
        ServiceClientError(reason: .noToken, operation: "az account get-access-token", message: message)
    }
}

extension AzureCliCredential: CustomStringConvertible {
    /// "Azure CLI".
    public var description: String { EnvironmentCredential.Kind.azureCLI.rawValue }
}
