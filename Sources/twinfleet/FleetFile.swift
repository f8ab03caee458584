import ArgumentParser
import Fleet
import FleetRunner
import Foundation

/// The fleet file that a command is given.
enum FleetFile {
    /// Reads it; its mistakes go to standard error.
    /// - Throws: the exit code for a bad fleet file.
    static func load(_ path: String) throws -> Fleet {
        do {
            return try Fleet.load(file: path, environment: ProcessInfo.processInfo.environment)
        } catch {
            writeError("\(error)\n")
            throw ArgumentParser.ExitCode(FleetRunner.ExitCode.badFleetFile.rawValue)
        }
    }
}
