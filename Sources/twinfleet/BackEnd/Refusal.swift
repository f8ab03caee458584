import IoTHub
import ServiceClient

/// What a command asked of the hub, so that a failure can be told in the command's terms.
struct Asked: Sendable {
    /// What a failed request was about, such as `read the twin of "press-1"`; it follows "cannot".
    var what: String
    /// The device, if there is one.
    var deviceID: String?
    /// What the policy must allow.
    var needs: Permission
    /// Where to look whether a request of unknown fate was carried out; nil for one that only reads.
    var lookAt: String?
    /// Whether the user named the ETag by `--if-match`.
    var namesETag = false
}

/// Turns the client's errors into one line and an exit code.
enum Refusal {
    /// - Parameters:
    ///   - error: what the client threw.
    ///   - asked: what was asked.
    ///   - address: the hub, for its policy and its authorities.
    ///   - currentETag: the ETag that the hub has now, after an answer 412.
    /// - Returns: the error to end with.
    static func explain(
        _ error: ServiceClientError,
        _ asked: Asked,
        _ address: HubAddress,
        currentETag: ETag? = nil
    ) -> CommandError {
        switch error.reason {
        case .refused:
            return refused(error, asked, address, currentETag)
        case .untrustedCertificate:
            return CommandError(.unavailable, "cannot \(asked.what): \(error.message)\(trust(address))")
        case .noToken:
            return CommandError(.unavailable, "cannot \(asked.what): there is no access token: \(error.message)")
        case .unreachable, .timedOut, .connectionLost, .closed:
            return CommandError(.unavailable, "cannot \(asked.what): \(error.message)\(fate(error, asked))")
        case .unreadableAnswer:
            return CommandError(.unavailable, "cannot \(asked.what): \(error.message)\(fate(error, asked))")
        case .invalidArgument:
            return CommandError(.usage, "cannot \(asked.what): \(error.message)")
        }
    }

    private static func refused(
        _ error: ServiceClientError,
        _ asked: Asked,
        _ address: HubAddress,
        _ currentETag: ETag?
    ) -> CommandError {
        let answer = "the hub answers \(error.status)\(error.code.map { " \($0.name)" } ?? "")"
        switch (error.status, error.code, asked.deviceID) {
        case (404, .deviceNotFound, let id?), (404, nil, let id?):
            return CommandError(
                .refused,
                "cannot \(asked.what): no device \"\(id)\"; 'twinfleet device list' shows the ids"
            )
        case (409, .deviceAlreadyExists, let id?):
            return CommandError(
                .refused,
                "cannot \(asked.what): there is a device \"\(id)\" already; "
                    + "'twinfleet device show' shows it, 'twinfleet device update' changes it"
            )
        case (412, _, _):
            let now = currentETag.map { ": its ETag is now \($0)" } ?? ""
            // Without --if-match the command itself reads and writes, and gives up when others keep writing in between.
            let advice =
                asked.namesETag
                ? "it has changed since\(now); look again, or leave --if-match out"
                : "others keep changing it at the same time\(now); try again"
            return CommandError(.refused, "cannot \(asked.what): \(advice)")
        case (401, let code, _):
            return unauthorized(
                answer,
                error.message,
                lacksPermission: code == .iotHubUnauthorizedAccess,
                asked,
                address
            )
        case (429, _, _):
            return CommandError(.refused, "cannot \(asked.what): the hub takes no more requests now; try again later")
        case (500..., _, _):
            return CommandError(
                .unavailable,
                "cannot \(asked.what): \(answer): \(error.message)\(tracking(error))\(fate(error, asked))"
            )
        default:
            return CommandError(.refused, "cannot \(asked.what): \(answer): \(error.message)\(tracking(error))")
        }
    }

    private static func unauthorized(
        _ answer: String,
        _ message: String,
        lacksPermission: Bool,
        _ asked: Asked,
        _ address: HubAddress
    ) -> CommandError {
        let advice =
            switch address.identity {
            case .policy(let policy, _) where lacksPermission:
                "policy \"\(policy)\" lacks the permission \(asked.needs.rawValue); "
                    + "use a policy that has it (\(asked.needs.policies))"
            case .policy(let policy, _):
                "\(answer): \(message); is the key of policy \"\(policy)\" right, "
                    + "and has the policy the permission \(asked.needs.rawValue)?"
            case .entra:
                "\(answer): \(message); does the hub take tokens of this tenant, and has the principal a role that "
                    + "allows it (\(asked.needs.roles))?"
            }
        return CommandError(.unavailable, "cannot \(asked.what): \(advice)")
    }

    private static func tracking(_ error: ServiceClientError) -> String {
        error.trackingID.map { " (tracking id \($0))" } ?? ""
    }

    /// What to do after a write of which nobody knows whether it was carried out.
    private static func fate(_ error: ServiceClientError, _ asked: Asked) -> String {
        guard error.mayHaveBeenApplied, let lookAt = asked.lookAt else { return "" }
        return "; it may have been carried out: look with '\(lookAt)'"
    }

    private static func trust(_ address: HubAddress) -> String {
        guard let file = address.authorityFile else {
            return "; give --ca FILE, or set \(HubAddress.authorityVariable)"
        }
        return "; trusted are the authorities in \(file), from \(address.authorityOrigin)"
    }
}
