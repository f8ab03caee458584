import ArgumentParser
import Foundation
import IoTHub
import ServiceClient

/// Completes device ids in the shell by asking the hub.
enum DeviceIDCompletion {
    /// Longest time that a press of the tab key may wait, in seconds.
    private static let patience = 2.0

    /// The completion, for arguments that are device ids.
    static var kind: CompletionKind {
        .custom { (arguments: [String], _: Int, prefix: String) async -> [String] in
            await ids(startingWith: prefix, arguments: arguments)
        }
    }

    /// The first ids with a prefix, none when the hub does not give them: a shell has no place for an error.
    private static func ids(startingWith prefix: String, arguments: [String]) async -> [String] {
        // Parsed, since an option that nothing has set ends the program when it is read.
        var words = ["--timeout", "\(patience)", "--quiet"]
        for option in ["--hub", "--host", "--ca"] {
            if let value = value(of: option, in: arguments) { words.append("\(option)=\(value)") }
        }
        guard let options = try? HubOptions.parse(words),
            let backEnd = try? options.connect(environment: ProcessInfo.processInfo.environment)
        else { return [] }
        let devices = try? await backEnd.manager.getDevices()
        try? await backEnd.manager.close()
        return (devices ?? []).map(\.id).filter { $0.hasPrefix(prefix) }.sorted()
    }

    private static func value(of option: String, in arguments: [String]) -> String? {
        for (index, argument) in arguments.enumerated() {
            if argument == option { return arguments.dropFirst(index + 1).first }
            if argument.hasPrefix(option + "=") { return String(argument.dropFirst(option.count + 1)) }
        }
        return nil
    }
}
