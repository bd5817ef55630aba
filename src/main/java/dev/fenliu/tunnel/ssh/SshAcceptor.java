package dev.fenliu.tunnel.ssh;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.Users;
import io.netty.channel.Channel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.UserAuthFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.session.SessionFactory;

/** The server end of one listener: {@code direct-tcpip} for those who have logged in, and nothing else. */
final class SshAcceptor implements Acceptor {
    private static final int ATTEMPTS = 6;

    private final ListenerContext context;
    private final SshServer server = SshServer.setUpDefaultServer();
    private final Users users;
    private final AuthorizedKeys authorized;
    private final boolean allowsPrivate;

    SshAcceptor(SshListenerOptions options, ListenerContext context) throws IOException {
        this.context = context;
        this.users = new Users(context.settings().users());
        this.authorized = AuthorizedKeys.parse(options.authorizedKeys());
        this.allowsPrivate = options.allowPrivate();
        server.setKeyPairProvider(KeyPairProvider.wrap(
                SshLogin.keys(SshListenerType.bytes(options.privateKey().value()))));
        server.setServiceFactories(SshServer.DEFAULT_SERVICE_FACTORIES);
        server.setUserAuthFactories(ways());
        server.setPasswordAuthenticator((name, password, session) -> {
            AuthorizedKeys.byPassword(session);
            return users.admits(name, password);
        });
        server.setPublickeyAuthenticator(authorized::admits);
        server.setChannelFactories(List.of(new Forwarding()));
        server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
        server.setGlobalRequestHandlers(List.of(KeepAliveHandler.INSTANCE));
        server.setScheduledExecutorService(GlobalEventExecutor.INSTANCE, false); // for channels whose close hangs
        server.setCipherFactories(SshLink.CIPHERS);
        server.addSessionListener(new SessionListener() {
            @Override
            public void sessionEvent(Session session, Event event) {
                if (event == Event.Authenticated) {
                    HandshakeDeadline.over(((SshConnection) session.getIoSession()).channel());
                }
            }
        });
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(server, ATTEMPTS);
        CoreModuleProperties.REKEY_BYTES_LIMIT.set(server, SshLink.REKEY);
    }

    private List<UserAuthFactory> ways() {
        List<UserAuthFactory> ways = new ArrayList<>();
        if (!authorized.isEmpty()) {
            ways.add(UserAuthPublicKeyFactory.INSTANCE);
        }
        if (users.required()) {
            ways.add(UserAuthPasswordFactory.INSTANCE);
        }
        return ways;
    }

    /** Opens the channels that clients ask for. */
    private final class Forwarding implements ChannelFactory {
        @Override
        public String getName() {
            return ServerTcpip.TYPE;
        }

        @Override
        public org.apache.sshd.common.channel.Channel createChannel(Session session) {
            return new ServerTcpip(context, ((SshConnection) session.getIoSession()).channel());
        }
    }

    @Override
    public void accept(Channel client) {
        try {
            new SshConnection(client, new SessionFactory(server)).start();
        } catch (Exception e) {
            client.close();
        }
    }

    @Override
    public boolean allowsPrivate() {
        return allowsPrivate;
    }
}
