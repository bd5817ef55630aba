package dev.fenliu.net;

/** The same with the engine that is used where there is no native one. */
class JdkTlsHalfCloseTest extends TlsHalfCloseTest {
    @Override
    TlsEngine engine() {
        return TlsEngine.JDK;
    }
}
