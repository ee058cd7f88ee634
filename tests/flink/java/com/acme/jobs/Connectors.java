package com.acme.jobs;

import com.sun.net.httpserver.HttpServer;

import java.io.FileOutputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;

/** What databases, HTTP servers and disks do to a job. */
final class Connectors {
    private Connectors() {}

    static Map<String, Trouble> troubles() {
        Map<String, Trouble> named = new HashMap<>();
        named.put("connect-refused", v -> new Socket("127.0.0.1", v.number(1, 1000) * 2 + 20001).close());
        named.put("connect-refused-message", v -> {
            throw new java.net.ConnectException("Connection refused: " + v.host() + "/" + v.ip() + ":" + v.port());
        });
        named.put("unknown-host", v -> InetAddress.getByName(v.host() + ".invalid"));
        named.put("read-timed-out", Connectors::readTimesOut);
        named.put("connection-reset", v -> {
            throw new java.net.SocketException("Connection reset by peer " + v.ip() + ":" + v.port());
        });
        named.put("http-503", v -> ask(v, 503));
        named.put("http-403", v -> ask(v, 403));
        named.put("http-404", v -> ask(v, 404));
        named.put("tls-to-plain", Connectors::tls);
        named.put("pool-exhausted", v -> {
            throw new SQLTransientConnectionException("HikariPool-" + v.number(1, 9)
                    + " - Connection is not available, request timed out after " + v.number(30000, 30099) + "ms.");
        });
        named.put("sql-no-table", v -> {
            throw new SQLSyntaxErrorException("Table 'shop.orders_" + v.number(10, 99) + "' doesn't exist");
        });
        named.put("sql-no-column", v -> {
            throw new SQLSyntaxErrorException("Unknown column 'amount_" + v.number(1, 9) + "' in 'field list'");
        });
        named.put("sql-duplicate", v -> {
            throw new SQLIntegrityConstraintViolationException(
                    "Duplicate entry '" + v.id() + "-" + v.person() + "' for key 'orders.PRIMARY'");
        });
        named.put("sql-foreign-key", v -> {
            throw new SQLIntegrityConstraintViolationException(
                    "Cannot add or update a child row: a foreign key constraint fails (`shop`.`items`, CONSTRAINT `fk_"
                            + v.number(1, 99) + "` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`))");
        });
        named.put("sql-too-long", v -> {
            throw new BatchUpdateException("Data truncation: Data too long for column 'name' at row " + v.number(1, 500),
                    new int[] {1, 1});
        });
        named.put("sql-deadlock", v -> {
            throw new SQLTransactionRollbackException(
                    "Deadlock found when trying to get lock; try restarting transaction", "40001", 1213);
        });
        named.put("sql-lock-wait", v -> {
            throw new SQLTransactionRollbackException(
                    "Lock wait timeout exceeded; try restarting transaction", "41000", 1205);
        });
        named.put("sql-access-denied", v -> {
            throw new SQLInvalidAuthorizationSpecException(
                    "Access denied for user '" + v.person() + "'@'" + v.ip() + "' (using password: YES)");
        });
        named.put("sql-too-many", v -> {
            throw new SQLException("Data source rejected establishment of connection,  message from server: \"Too many connections\"", "08004");
        });
        named.put("disk-full", Connectors::fullDisk);
        named.put("file-missing", v -> Files.readAllBytes(Paths.get(v.path())));
        named.put("lookup-timeout", v -> {
            throw new TimeoutException("Lookup of key " + v.id() + " timed out after "
                    + TimeUnit.MILLISECONDS.toSeconds(v.span().toMillis()) + " s (attempt " + v.number(2, 9) + "/10)");
        });
        named.put("s3-denied", v -> {
            throw new IOException("Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: "
                    + v.hex(16).toUpperCase() + "; S3 Extended Request ID: " + v.hex(24) + "=; Proxy: null)");
        });
        named.put("oss-slow-down", v -> {
            throw new IOException("Reduce your request rate. (Service: OSS; Status Code: 503; Error Code: SlowDown; Request ID: "
                    + v.hex(24).toUpperCase() + "; HostId: orders-" + v.number(1, 9) + ".oss-cn-hangzhou.aliyuncs.com)");
        });
        named.put("redis-moved", v -> {
            throw new IllegalStateException("MOVED " + v.number(0, 16384) + " " + v.ip() + ":" + v.port());
        });
        return named;
    }

    private static void readTimesOut(Vary vary) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                Socket socket = new Socket("127.0.0.1", server.getLocalPort())) {
            socket.setSoTimeout(vary.number(50, 200));
            socket.getInputStream().read();
        }
    }

    private static void ask(Vary vary, int status) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        try {
            URL url = new URL("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/orders/" + vary.id() + "?trace=" + vary.uuid());
            ((HttpURLConnection) url.openConnection()).getInputStream().read();
        } finally {
            server.stop(0);
        }
    }

    private static void tls(Vary vary) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.start();
        try {
            URL url = new URL("https://127.0.0.1:" + server.getAddress().getPort() + "/" + vary.id());
            ((HttpsURLConnection) url.openConnection()).getInputStream().read();
        } finally {
            server.stop(0);
        }
    }

    private static void fullDisk(Vary vary) throws IOException {
        Path full = Paths.get("/dev/full");
        try (FileOutputStream out = new FileOutputStream(full.toFile())) {
            out.write(new byte[vary.number(10, 1000)]);
        }
    }
}
