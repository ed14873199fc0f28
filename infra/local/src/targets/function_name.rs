//! The forms in which Lambda's Invoke names a function: name, partial ARN, ARN, each with or without a qualifier
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>, `FunctionName`).

use ports::task_target::{Invocation, InvokeError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName {
    pub name: String,
    /// Alias or version.
    pub qualifier: Option<String>,
    partition: Option<String>,
    region: Option<String>,
    account: Option<String>,
}

impl FunctionName {
    /// The function that the invocation names, with the qualifier of the name or of the parameter.
    pub fn of(invocation: &Invocation) -> Result<Self, InvokeError> {
        let mut parsed = Self::parse(&invocation.function);
        match (&parsed.qualifier, &invocation.qualifier) {
            (Some(derived), Some(given)) if derived != given => Err(InvokeError::Service {
                code: "InvalidParameterValueException".into(),
                message: "The derived qualifier from the function name does not match the specified qualifier.".into(),
                status: 400,
                request_id: super::function_process::answer::request_id(),
            }),
            (None, Some(given)) => {
                parsed.qualifier = Some(given.clone());
                Ok(parsed)
            }
            _ => Ok(parsed),
        }
    }

    /// Text of none of the forms is taken for a name, which no function has.
    pub fn parse(text: &str) -> Self {
        let owned = |part: &str| Some(part.to_owned());
        let parts: Vec<&str> = text.split(':').collect();
        let (partition, region, account, rest) = match parts.as_slice() {
            ["arn", partition, "lambda", region, account, "function", rest @ ..] => {
                (owned(partition), owned(region), owned(account), rest)
            }
            [account, "function", rest @ ..] => (None, None, owned(account), rest),
            rest => (None, None, None, rest),
        };
        let (name, qualifier) = match rest {
            [name] => ((*name).to_owned(), None),
            [name, qualifier] => ((*name).to_owned(), owned(qualifier)),
            _ => (text.to_owned(), None),
        };
        Self { name, qualifier, partition, region, account }
    }

    /// The ARN without a qualifier, completed with `region` and `account` where the name leaves them open.
    pub fn unqualified_arn(&self, region: &str, account: &str) -> String {
        let partition = self.partition.as_deref().unwrap_or("aws");
        let region = self.region.as_deref().unwrap_or(region);
        let account = self.account.as_deref().unwrap_or(account);
        format!("arn:{partition}:lambda:{region}:{account}:function:{}", self.name)
    }

    /// The ARN as the function is told it: with the qualifier, if there is one.
    pub fn invoked_arn(&self, region: &str, account: &str) -> String {
        let arn = self.unqualified_arn(region, account);
        match &self.qualifier {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_function_name_is_read() {
        for (text, name, qualifier, arn) in [
            ("shop", "shop", None, "arn:aws:lambda:eu-west-1:000000000000:function:shop"),
            ("shop:live", "shop", Some("live"), "arn:aws:lambda:eu-west-1:000000000000:function:shop:live"),
            ("111122223333:function:shop", "shop", None, "arn:aws:lambda:eu-west-1:111122223333:function:shop"),
            (
                "111122223333:function:shop:7",
                "shop",
                Some("7"),
                "arn:aws:lambda:eu-west-1:111122223333:function:shop:7",
            ),
            (
                "arn:aws-cn:lambda:cn-north-1:111122223333:function:shop:$LATEST",
                "shop",
                Some("$LATEST"),
                "arn:aws-cn:lambda:cn-north-1:111122223333:function:shop:$LATEST",
            ),
        ] {
            let parsed = FunctionName::parse(text);
            assert_eq!((parsed.name.as_str(), parsed.qualifier.as_deref()), (name, qualifier), "{text}");
            assert_eq!(parsed.invoked_arn("eu-west-1", "000000000000"), arn, "{text}");
        }
    }

    #[test]
    fn a_qualifier_may_stand_in_the_name_or_beside_it_but_not_differ() {
        for (function, qualifier, expected) in [
            ("shop", Some("live"), Ok(Some("live"))),
            ("shop:live", None, Ok(Some("live"))),
            ("shop:live", Some("live"), Ok(Some("live"))),
            ("shop:live", Some("test"), Err("InvalidParameterValueException")),
        ] {
            let invocation = Invocation {
                function: function.into(),
                qualifier: qualifier.map(str::to_owned),
                ..Invocation::default()
            };
            let found = FunctionName::of(&invocation);
            let found = match &found {
                Ok(name) => Ok(name.qualifier.as_deref()),
                Err(InvokeError::Service { code, .. }) => Err(code.as_str()),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, expected, "{function} and {qualifier:?}");
        }
    }
}
