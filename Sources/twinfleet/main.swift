import ArgumentParser
import UnixSignals
print("hi")
