import Testing

@testable import twinfleet

@Suite("certificate authorities on the command line")
struct AuthorityFileTests {
    @Test(
        "a name before the equals sign, else that of the file",
        arguments: [
            ("plant=a.pem", "plant", "a.pem"), ("plant=/x/y=z.pem", "plant", "/x/y=z.pem"),
            ("/x/root-ca.pem", "root-ca", "/x/root-ca.pem"), ("/x=y/ca.pem", "ca", "/x=y/ca.pem"),
            ("my ca.pem", "my-ca", "my ca.pem"), ("=a.pem", "", "a.pem"), ("ca", "ca", "ca"),
        ]
    )
    func parts(text: String, name: String, file: String) {
        let parts = AuthorityFile.parts(of: text)
        #expect(parts.name == name)
        #expect(parts.file == file)
    }
}
