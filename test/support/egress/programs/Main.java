// Gets a text by each of Java's two clients, and sends one to be summed up.
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

public class Main {
    public static void main(String[] args) throws Exception {
        String base = System.getenv("BASE");
        try (InputStream stream = URI.create(base + "/files/hello").toURL().openStream()) {
            System.out.print("old " + new String(stream.readAllBytes()));
        }
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/files/digest"))
            .POST(HttpRequest.BodyPublishers.ofString("abc")).build();
        var response = client.send(request, BodyHandlers.ofString());
        System.out.print(response.version() + " " + response.statusCode() + " " + response.body());
    }
}
