/// One thing that a role of Azure's role-based access control may let its holder do at a hub; the raw value is what
/// stands behind `Microsoft.Devices/IotHubs/`.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub by using Microsoft Entra ID", which has no others.
enum DataAction: String, Sendable, CaseIterable {
    case devicesRead = "devices/read"
    case devicesWrite = "devices/write"
    case devicesDelete = "devices/delete"
    case twinsRead = "twins/read"
    case twinsWrite = "twins/write"
    case jobsRead = "jobs/read"
    case jobsWrite = "jobs/write"
    case jobsDelete = "jobs/delete"
    case messagesSend = "cloudToDeviceMessages/send/action"
    case messagesFeedback = "cloudToDeviceMessages/feedback/action"
    case messagesPurge = "cloudToDeviceMessages/queue/purge/action"
    case methodsInvoke = "directMethods/invoke/action"
    case fileUploadNotifications = "fileUpload/notifications/action"
    case statisticsRead = "statistics/read"
    case configurationsRead = "configurations/read"
    case configurationsWrite = "configurations/write"
    case configurationsDelete = "configurations/delete"
    case configurationsApply = "configurations/applyToEdgeDevice/action"
    case configurationsTest = "configurations/testQueries/action"

    /// What all names begin with where Azure writes them in full.
    static let provider = "Microsoft.Devices/IotHubs/"

    /// The actions that a pattern stands for: a name, or one with `*` for any text; case does not count.
    static func matching(_ pattern: some StringProtocol) -> Set<DataAction> {
        var short = pattern.lowercased()
        let prefix = provider.lowercased()
        if short.hasPrefix(prefix) { short.removeFirst(prefix.count) }
        let pieces = short.split(separator: "*", omittingEmptySubsequences: false)
        return Set(allCases.filter { fits($0.rawValue.lowercased(), pieces) })
    }

    /// Whether a text begins with the first piece, ends with the last, and has the others in between, in order.
    private static func fits(_ text: String, _ pieces: [Substring]) -> Bool {
        guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else {
            return text == pieces.first ?? ""
        }
        guard text.hasPrefix(first), text.dropFirst(first.count).hasSuffix(last) else { return false }
        var middle = text.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = middle.firstRange(of: piece) else { return false }
            middle = middle[found.upperBound...]
        }
        return true
    }
}
