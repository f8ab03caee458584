import ArgumentParser
import Foundation

/// The options of commands that print results.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for programs.")
    var json = false

    @Flag(name: .customLong("no-pager"), help: "Print long results straight to the terminal, not through a pager.")
    var isWithoutPager = false

    /// Prints what `body` writes, through a pager when standard output is a terminal and the result is longer than that.
    ///
    /// What was written before a failure is printed, too.
    func print(progress: Progress? = nil, _ body: (Output) async throws -> Void) async throws {
        defer { progress?.stop() }
        let output = open(progress: progress)
        do {
            try await body(output)
            try output.finish()
        } catch is PagerClosed {
            output.close()
        } catch {
            // The first failure is the one to tell; the output may well be what failed.
            try? output.finish()
            output.close()
            throw error
        }
    }

    private func open(progress: Progress?) -> Output {
        let environment = ProcessInfo.processInfo.environment
        return Output(
            screen: Screen.current,
            pager: isWithoutPager || environment["TERM"] == "dumb"
                ? nil : Pager.command(environment: environment) { access($0, X_OK) == 0 },
            progress: progress
        )
    }
}
