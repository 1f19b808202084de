// What relay-compiler reads. Relay wants its operations named after their module.
import { graphql } from "relay-runtime";

graphql`
  query operationsNearQuery($point: PointInput!, $first: Int, $after: String) {
    productsNear(point: $point, first: $first, after: $after) @connection(key: "Near_productsNear", filters: ["point"]) {
      edges { distanceM node { id name merchant { id name } } }
    }
  }
`;

graphql`
  query operationsOrderQuery($id: ID!) {
    node(id: $id) { id ... on Order { code version status delivery { id status } } }
  }
`;

graphql`
  mutation operationsSaveContactMutation($input: SaveContactInput!, $key: String!) {
    saveContact(input: $input, idempotencyKey: $key) {
      __typename
      ... on Contact { id label }
      ... on Problem { code message }
    }
  }
`;

graphql`
  mutation operationsCancelOrderMutation($id: ID!) {
    cancelOrder(id: $id) {
      __typename
      ... on Order { id version status }
      ... on Problem { problem: code message }
    }
  }
`;

graphql`
  subscription operationsFollowSubscription($id: ID!) {
    orderChanged(id: $id) { id version status delivery { id status } }
  }
`;
